/**
 * A test that is skipped proves nothing. This reporter lists every skipped test with its reason, and where CI=true fails the
 * run for each reason that is not allowed. Say the reason with `context.skip(reason)`.
 */
import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** What a skip's reason may start with on a machine of CI. */
const ALLOWED = ['needs a GPU', 'large download'];

function* skipped(modules: readonly TestModule[]): Generator<TestCase> {
  for (const module of modules) yield* module.children.allTests('skipped');
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  return (result.state === 'skipped' && result.note) || 'no reason given';
}

export default class SkipReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const filtered = process.argv.some((argument) => argument === '-t' || argument.startsWith('--testNamePattern'));
    if (filtered) return; // the pattern skips the others
    let refused = 0;
    for (const test of skipped(modules)) {
      const reason = reasonOf(test);
      const allowed = ALLOWED.some((start) => reason.startsWith(start));
      if (!allowed) refused++;
      console.log(
        `skipped${allowed ? '' : ' (not allowed in CI)'}: ${test.module.relativeModuleId} > ${test.fullName}: ${reason}`,
      );
    }
    if (refused > 0 && process.env.CI === 'true') {
      console.error(`${refused} skipped for a reason that CI does not allow: see test/support/skips.ts`);
      process.exitCode = 1;
    }
  }
}
