// Recording from the microphone at its own rate; MediaRecorder where there is no AudioWorklet.

import { wavOf } from "./wav.js";

const RAW = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
// what makes calls pleasant changes level and spectrum, which the model listens to

/** Start to record; onLevel gets the level in dB below full scale. Resolves to {stop, discard}; throws a DOMException. */
export async function record(onLevel) {
  if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("", window.isSecureContext ? "NotSupportedError" : "InsecureContext");
  const stream = await navigator.mediaDevices.getUserMedia({ audio: RAW });
  const context = new AudioContext();
  const source = context.createMediaStreamSource(stream);
  const end = async () => {
    stream.getTracks().forEach((track) => track.stop());
    await context.close();
  };
  try {
    await context.resume();
    const finish = context.audioWorklet ? await throughWorklet(context, source, onLevel) : throughRecorder(stream, context, source, onLevel);
    return {
      async stop() {
        const sound = await finish();
        await end();
        return sound;
      },
      discard: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function throughWorklet(context, source, onLevel) {
  await context.audioWorklet.addModule(new URL("recorder-worklet.js", import.meta.url));
  const tap = new AudioWorkletNode(context, "tap", { numberOfOutputs: 0 });
  const blocks = [];
  tap.port.onmessage = ({ data }) => {
    blocks.push(data);
    onLevel(levelOf(data));
  };
  source.connect(tap);
  return () => named(wavOf(blocks, context.sampleRate), "wav");
}

function throughRecorder(stream, context, source, onLevel) {
  const recorder = new MediaRecorder(stream);
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const meter = context.createAnalyser();
  source.connect(meter);
  const samples = new Float32Array(meter.fftSize);
  const watch = setInterval(() => {
    meter.getFloatTimeDomainData(samples);
    onLevel(levelOf(samples));
  }, 100);
  recorder.start();
  return () =>
    new Promise((resolve) => {
      clearInterval(watch);
      recorder.onstop = () => resolve(named(new Blob(parts, { type: recorder.mimeType }), recorder.mimeType.includes("mp4") ? "m4a" : "webm"));
      recorder.stop();
    });
}

function levelOf(samples) {
  const power = samples.reduce((sum, value) => sum + value * value, 0) / samples.length;
  return 10 * Math.log10(power + 1e-10);
}

/** A file named after now, as the original systems name recordings. */
function named(blob, ending) {
  const two = (value) => String(value).padStart(2, "0");
  const now = new Date();
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  return new File([blob], `recording_${day}_${time}.${ending}`, { type: blob.type });
}
