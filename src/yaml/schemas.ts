import {
  CORE_SCHEMA,
  FAILSAFE_SCHEMA,
  NOT_RESOLVED,
  boolYaml11Tag,
  type defineScalarTag,
  floatYaml11Tag,
  intYaml11Tag,
  mergeTag,
  nullYaml11Tag,
  type Schema,
} from 'js-yaml';

/** How plain words become values: by YAML 1.2, as in playbooks, or as Ansible reads inventories. */
export type Dialect = '1.2' | 'ansible';

/** A tag that leaves some texts alone. */
function but<T>(tag: ReturnType<typeof defineScalarTag<T>>, text: RegExp): typeof tag {
  return {
    ...tag,
    resolve: (source, ...rest) => (text.test(source) ? NOT_RESOLVED : tag.resolve(source, ...rest)),
  };
}

export const schemas: Readonly<Record<Dialect, Schema>> = {
  '1.2': CORE_SCHEMA.withTags(mergeTag),
  // PyYAML reads YAML 1.1, but for what its resolver.py leaves text: y and n, 01:30, +.5. Dates are text in JSON, too.
  ansible: FAILSAFE_SCHEMA.withTags(
    mergeTag,
    nullYaml11Tag,
    but(boolYaml11Tag, /^[yn]$/i),
    but(intYaml11Tag, /^[-+]?0[\d_]*:/),
    but(floatYaml11Tag, /^[-+]?\.(?![\din])|^[-+]\.\d/i),
  ),
};
