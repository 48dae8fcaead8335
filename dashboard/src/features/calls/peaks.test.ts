import { expect, it } from 'vitest';

import { peaks } from './peaks';

it('each bar is as high as its loudest sample, and the highest is full', () => {
  expect(peaks(Float32Array.of(0.1, -0.5, 0.25, 0, 0, 0.125), 3)).toEqual([1, 0.5, 0.25]);
});

it('silence is flat, and less than a sample a bar is as many bars as samples', () => {
  expect(peaks(new Float32Array(4), 2)).toEqual([0, 0]);
  expect(peaks(Float32Array.of(0.5), 10)).toEqual([1]);
  expect(peaks(new Float32Array(0), 10)).toEqual([]);
});
