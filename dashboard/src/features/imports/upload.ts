import { Problem } from '../../shared/api/problem';

interface Address {
  method: string;
  url: string;
  headers: Record<string, string>;
}

/** What a browser sets by itself and lets nobody else set. */
const OWN = ['host', 'content-length'];

interface Hooks {
  onProgress: (sent: number, total: number) => void;
  signal: AbortSignal;
}

/** Puts a file where the API says. By XMLHttpRequest: `fetch` does not tell how much has been sent. */
export function upload(file: Blob, address: Address, { onProgress, signal }: Hooks): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(address.method, address.url);
    for (const [name, value] of Object.entries(address.headers)) {
      if (!OWN.includes(name.toLowerCase())) {
        request.setRequestHeader(name, value);
      }
    }
    request.upload.onprogress = (event) => onProgress(event.loaded, file.size);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) {
        resolve();
      } else {
        reject(new Problem(request.status === 503 ? 'busy' : 'unknown', request.status, `HTTP ${request.status}`));
      }
    };
    request.onerror = () => reject(new TypeError('the file could not be sent'));
    request.onabort = () => reject(new DOMException('The upload was cancelled', 'AbortError'));
    signal.addEventListener('abort', () => request.abort());
    if (signal.aborted) {
      request.abort();
      return;
    }
    request.send(file);
  });
}
