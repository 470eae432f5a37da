// Playing a sound: where it stands, from where to where; without a sound, only the place that is looked at.

export class Player extends EventTarget {
  #audio = new Audio();
  #until = null; // end of the stretch that plays, in seconds
  #place = 0;
  #address = null;

  constructor(duration) {
    super();
    this.duration = duration;
    this.#audio.preload = "auto";
    this.#audio.addEventListener("play", () => this.#run());
    for (const name of ["pause", "ended", "seeked"]) this.#audio.addEventListener(name, () => this.#tell());
    this.#audio.addEventListener("error", () => this.#unplayable());
  }

  /** Whether there is a sound that can be played. */
  get audible() {
    return this.#address !== null;
  }

  get playing() {
    return this.audible && !this.#audio.paused && !this.#audio.ended;
  }

  get place() {
    return this.#place;
  }

  /** Take a file to play. */
  load(file) {
    this.#address = URL.createObjectURL(file);
    this.#audio.src = this.#address;
    this.#tell();
  }

  /** Forget the sound. */
  close() {
    this.#audio.pause();
    if (this.#address) URL.revokeObjectURL(this.#address);
    this.#address = null;
    this.#audio.removeAttribute("src");
  }

  toggle() {
    this.#until = null;
    if (this.playing) this.#audio.pause();
    else this.#start();
  }

  /** Play a stretch and stop at its end. */
  span(start, end) {
    this.seek(start);
    this.#until = end;
    this.#start();
  }

  /** Go to a place, in seconds. */
  seek(seconds) {
    this.#until = null;
    this.#place = Math.min(this.duration, Math.max(0, seconds));
    if (this.audible) this.#audio.currentTime = this.#place;
    this.#tell();
  }

  #start() {
    if (!this.audible) return;
    if (this.#place >= this.duration - 0.05) this.#audio.currentTime = 0;
    this.#audio.play().catch(() => this.#tell()); // paused before it began, or not allowed
  }

  #run() {
    this.#tell();
    if (!this.playing) return;
    if (this.#until !== null && this.#audio.currentTime >= this.#until) {
      this.#audio.pause();
      this.#until = null;
    } else requestAnimationFrame(() => this.#run());
  }

  #unplayable() {
    if (!this.audible) return;
    this.close();
    this.dispatchEvent(new Event("unplayable"));
    this.#tell();
  }

  #tell() {
    if (this.audible) this.#place = Math.min(this.duration, this.#audio.currentTime);
    this.dispatchEvent(new Event("change"));
  }
}
