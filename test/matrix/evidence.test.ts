import { defaultRelease, releases } from '../../src/lab/releases.ts';
import { evidenceTests } from '../support/evidence.ts';

for (const release of releases) if (release !== defaultRelease) evidenceTests(release);
