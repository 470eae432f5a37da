// Samples as a WAV file: mono, 16 bit.

const HEADER = 44;

/** Make a WAV file of blocks of samples (Float32Array, full scale -1..1). */
export function wavOf(blocks, rate) {
  const count = blocks.reduce((sum, block) => sum + block.length, 0);
  const view = new DataView(new ArrayBuffer(HEADER + 2 * count));
  const text = (place, value) => [...value].forEach((c, index) => view.setUint8(place + index, c.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, HEADER - 8 + 2 * count, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true); // length of what describes the samples
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true); // bytes a second
  view.setUint16(32, 2, true); // bytes a frame
  view.setUint16(34, 16, true); // bits a sample
  text(36, "data");
  view.setUint32(40, 2 * count, true);
  let place = HEADER;
  for (const block of blocks) {
    for (const value of block) {
      view.setInt16(place, Math.round(32767 * Math.max(-1, Math.min(1, value))), true);
      place += 2;
    }
  }
  return new Blob([view], { type: "audio/wav" });
}
