import type { Reporter, TestCase } from '@playwright/test/reporter';

/** The sum in one line, for `cargo xtask test` to read. */
export default class Summary implements Reporter {
  private readonly tests = new Set<TestCase>();

  onTestEnd(test: TestCase): void {
    this.tests.add(test);
  }

  onEnd(): void {
    const ended = [...this.tests].map((test) => test.outcome());
    const passed = ended.filter((outcome) => outcome === 'expected' || outcome === 'flaky').length;
    const failed = ended.filter((outcome) => outcome === 'unexpected').length;
    for (const test of this.tests) {
      if (test.outcome() === 'flaky') {
        process.stdout.write(`\nonly at the second try: ${test.titlePath().slice(2).join(' › ')}`);
      }
    }
    process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  }
}
