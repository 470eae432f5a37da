"""Networks: one architecture a file, all with one way in (``network.Network``), by name in ``registry``."""
