import { defaultRelease } from '../../src/lab/releases.ts';
import { evidenceTests } from '../support/evidence.ts';

evidenceTests(defaultRelease);
