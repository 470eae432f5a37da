"""``python -m sentisound``: the command line."""

from sentisound.cli import main

if __name__ == "__main__":
    main(prog_name="sentisound")
