import { readFileSync } from 'node:fs';

/** The services whose pipelines confine knows. */
export const pipelineKinds = ['github', 'gitlab'] as const;
export type PipelineKind = (typeof pipelineKinds)[number];

/** Where each service looks for its pipeline, below the root of the repository. */
export const pipelineFiles: Readonly<Record<PipelineKind, string>> = {
  github: '.github/workflows/confine.yml',
  gitlab: '.gitlab-ci.yml',
};

/** The pipeline, as it stands among the documentation: one for the folders that `confine init` makes. */
export const pipelineText = (kind: PipelineKind): string =>
  readFileSync(new URL(`../../docs/pipelines/${kind}.yml`, import.meta.url), 'utf8');
