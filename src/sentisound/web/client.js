// The server's endpoints as functions; a failure is an Error whose message people can read.

/** The model that is loaded. */
export async function modelInfo() {
  const response = await fetch("models/info");
  if (!response.ok) throw new Error(`the server answers ${response.status}`);
  return response.json();
}

/**
 * Send a file and resolve to {emotion, probabilities, reason}; reason says why the model abstains, or is null.
 * XMLHttpRequest, because fetch does not tell how far an upload is; onUpload gets 0..1.
 */
export function predict(file, { onUpload, signal }) {
  const request = new XMLHttpRequest();
  const form = new FormData();
  form.append("file", file);
  return new Promise((resolve, reject) => {
    request.upload.onprogress = (event) => event.lengthComputable && onUpload(event.loaded / event.total);
    request.upload.onload = () => onUpload(1);
    request.onerror = () => reject(new Error("the server cannot be reached, or cut the connection"));
    request.onload = () => settle(request, resolve, reject);
    signal.addEventListener("abort", () => {
      request.abort();
      reject(signal.reason);
    });
    request.open("POST", "predict");
    request.responseType = "json";
    request.send(form);
  });
}

function settle(request, resolve, reject) {
  const answer = request.response;
  if (request.status === 200 && answer) {
    resolve({ ...answer, reason: request.getResponseHeader("X-SentiSound-Abstained") });
  } else {
    reject(new Error(answer?.error ?? `the server answers ${request.status}`));
  }
}
