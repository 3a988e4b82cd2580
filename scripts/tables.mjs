// The reference tables of docs/, made from what the program itself uses: the tables of fields, the settings, the command
// line and the metrics. Reads the built program.
import { examplesOf } from '../dist/cli/examples.js';
import { program } from '../dist/cli/index.js';
import { meaningOf, PHASE_NAMES, PHASES, statusesIn } from '../dist/core/model/phase.js';
import { definitionsJsonSchema } from '../dist/definitions/json-schema.js';
import { kinds } from '../dist/kinds/index.js';
import { describeSettings } from '../dist/settings/keys.js';
import { emptyRegistry } from '../dist/telemetry/metrics.js';

const STEERING = 'c1sync/';

/** Every generated part by the name of its markers, below the page that has it. */
export function tables() {
  const { definitions } = definitionsJsonSchema(kinds);
  const [{ metadata }] = kinds.map(({ name }) => definitions[name].properties);
  return [
    [
      'docs/definitions.md',
      {
        fields: kinds.map((kind) => fieldTables(kind, definitions[kind.name])).join('\n\n'),
        metadata: schemaTable(metadata),
        steering: schemaTable(metadata.properties.annotations, (name) => name.startsWith(STEERING)),
      },
    ],
    ['docs/commands.md', { commands: commandTables() }],
    ['docs/settings.md', { settings: settingsTable() }],
    ['docs/statuses.md', { statuses: statusTable() }],
    ['docs/metrics.md', { metrics: metricsTable() }],
  ];
}

/** The JSON Schema of definitions in the repository. */
export function schemaText() {
  return `${JSON.stringify(definitionsJsonSchema(kinds), null, 2)}\n`;
}

function fieldTables(kind, { properties }) {
  const rows = Object.entries(properties.spec.properties).map(([name, schema]) => {
    const field = kind.fields.find(({ path, sugar }) => path === name || sugar?.path === name);
    return [code(name), valueText(schema), [schema.description, ...notes(field)].join(' ')];
  });
  return `### ${kind.name}\n\n${table(['Field', 'Value', 'Meaning'], rows)}`;
}

function notes(field) {
  return [
    ...(field?.immutable === true ? ['Cannot change in place.'] : []),
    ...(field?.settles === true ? ['A write takes minutes to show.'] : []),
  ];
}

function schemaTable({ properties, required = [] }, wanted = () => true) {
  const rows = Object.entries(properties)
    .filter(([name]) => wanted(name))
    .map(([name, schema]) => [
      code(name),
      valueText(schema),
      `${schema.description}${required.includes(name) ? ' Required.' : ''}`,
    ]);
  return table(['Key', 'Value', 'Meaning'], rows);
}

/** The description of the valid values. */
function valueText(schema) {
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ');
  if (schema.anyOf !== undefined && schema.type === undefined)
    return [...new Set(schema.anyOf.map(valueText))].join(' or ');
  switch (schema.type) {
    case 'string':
      return 'text';
    case 'boolean':
      return 'true or false';
    case 'integer':
    case 'number':
      return `whole number, ${schema.minimum} to ${schema.maximum}`;
    case 'array':
      return `list of ${plural(valueText(schema.items))}${schema.maxItems === undefined ? '' : `, ${schema.maxItems} at most`}`;
    default:
      return mappingText(schema);
  }
}

function plural(text) {
  return text.startsWith('mapping') ? text.replace('mapping', 'mappings') : `${text}s`;
}

function mappingText({ properties = {}, additionalProperties }) {
  const names = Object.keys(properties).filter((name) => !name.startsWith(STEERING));
  if (names.length === 0) return additionalProperties === false ? '`{}`' : 'mapping';
  return `mapping of ${names.map(code).join(', ')}`;
}

function commandTables() {
  const commands = leaves(program(), 'c1sync');
  const shared = sharedRows(commands);
  const overview = commands.map(({ command, path }) => [
    `[${code(path)}](#${path.replaceAll(' ', '-')})`,
    sentence(command.description()),
  ]);
  return [
    `${table(['Command', 'Does'], overview)}\n`,
    `Flags of every command that reads settings:\n\n${flagTable(shared)}\n`,
    ...commands.map((one) => commandText(one, shared)),
  ]
    .join('\n')
    .trimEnd();
}

function commandText({ command, path }, shared) {
  const alias = command.alias() === undefined ? '' : ` Also: ${code(`c1sync ${command.alias()}`)}.`;
  const known = new Set(shared.map(String));
  const rows = [
    ...command.registeredArguments.map((argument) => [code(argumentText(argument)), argument.description]),
    ...optionRows(command).filter((row) => !known.has(String(row))),
  ];
  const examples = examplesOf(path.replace('c1sync ', ''));
  return [
    `### ${path}\n\n${sentence(command.description())}${alias}\n`,
    ...(rows.length === 0 ? [] : [`${flagTable(rows)}\n`]),
    `\`\`\`sh\n${examples.join('\n')}\n\`\`\`\n`,
  ].join('\n');
}

/** Every status below its phase. */
function statusTable() {
  const rows = PHASES.flatMap((phase) =>
    statusesIn(phase).map((status) => [PHASE_NAMES[phase], code(status), meaningOf(status)]),
  );
  return table(['Phase', 'Status', 'Meaning'], rows);
}

/** The flags that all commands with settings have; one of them may explain such a flag in its own words. */
function sharedRows(commands) {
  const [first, ...others] = commands
    .map(({ command }) => optionRows(command))
    .filter((rows) => rows.some(([flags]) => flags.includes('--settings')));
  const nameOf = ([flags]) => /--[\w-]+/.exec(flags)?.[0];
  return first.filter((row) => others.every((rows) => rows.some((other) => nameOf(other) === nameOf(row))));
}

function optionRows(command) {
  return command.options.map((option) => [code(option.flags), optionText(option)]);
}

function flagTable(rows) {
  return table(['Argument or flag', 'Meaning'], rows);
}

/** Commands that people use and that do something, not those that only hold others. */
function leaves(command, path) {
  if (command.commands.length === 0) return [{ command, path }];
  const visible = command.createHelp().visibleCommands(command);
  return visible
    .filter((child) => child.name() !== 'help')
    .flatMap((child) => leaves(child, `${path} ${child.name()}`));
}

function argumentText(argument) {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function optionText({ description, argChoices, defaultValue, defaultValueDescription = defaultValue }) {
  const choices = argChoices === undefined ? '' : `: ${argChoices.map(code).join(', ')}`;
  const standard = defaultValue === undefined ? '' : ` (default ${code(defaultValueDescription)})`;
  return `${description}${choices}${standard}`;
}

function settingsTable() {
  const rows = describeSettings().map(({ path, env, type, default: standard, doc }) => [
    code(path),
    code(env),
    type,
    standard === undefined ? '' : code(standard),
    doc,
  ]);
  return table(['Key', 'Variable', 'Value', 'Default', 'Meaning'], rows);
}

function metricsTable() {
  const rows = emptyRegistry()
    .getMetricsAsArray()
    .map(({ name, type, labelNames, help }) => [
      code(name),
      type,
      labelNames
        .filter((label) => label !== 'tenant')
        .map(code)
        .join(', '),
      help,
    ]);
  return table(['Metric', 'Type', 'Labels', 'Meaning'], rows);
}

function table(head, rows) {
  const line = (cells) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Escapes the end of a cell and, outside of code, HTML. */
function cell(text) {
  const parts = text.replaceAll('|', '\\|').split('`');
  return parts.map((part, index) => (index % 2 === 1 ? part : part.replaceAll('<', '\\<'))).join('`');
}

function code(text) {
  return `\`${text}\``;
}

function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
