/** The loudest sample of each of so many equal stretches, 0 to 1, the loudest of all being 1: what a waveform shows. */
export function peaks(samples: Float32Array, bars: number): number[] {
  const size = Math.max(1, samples.length / bars);
  const found = Array.from({ length: Math.min(bars, samples.length) }, (_, bar) => {
    let loudest = 0;
    for (let at = Math.floor(bar * size); at < Math.min(samples.length, Math.floor((bar + 1) * size)); at += 1) {
      loudest = Math.max(loudest, Math.abs(samples[at] ?? 0));
    }
    return loudest;
  });
  const most = Math.max(...found, 0);
  return most === 0 ? found : found.map((peak) => peak / most);
}
