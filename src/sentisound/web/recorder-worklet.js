// Runs in the audio thread: hands the samples of the first channel to the page, a tenth of a second at a time.

class Tap extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Float32Array(Math.round(sampleRate / 10));
    this.filled = 0;
  }

  process([[samples]]) {
    for (let start = 0; samples && start < samples.length; ) {
      const part = samples.subarray(start, start + this.block.length - this.filled);
      this.block.set(part, this.filled);
      this.filled += part.length;
      start += part.length;
      if (this.filled === this.block.length) {
        this.port.postMessage(this.block.slice());
        this.filled = 0;
      }
    }
    return true;
  }
}

registerProcessor("tap", Tap);
