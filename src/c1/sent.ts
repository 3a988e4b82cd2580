import type { OutgoingWrite, WriteEnd } from '../core/drift/own-writes.js';
import { effectOf } from '../core/model/errors.js';
import type { C1Writer } from './client.js';
import type { JsonObject } from './json.js';

/** Takes note of a write that is about to be sent, and gives a function that takes note of how it ended. */
export type NoteWrite = (write: OutgoingWrite) => (end: WriteEnd) => void;

const V1 = 'c1.api.app.v1';
const APP = '/api/v1/apps/*';
const CONNECTOR = `${APP}/connectors/*`;

/** The calls that write, by the API's own names; `*` stands for an id, the last one for that of the object. */
const CALLS: readonly (readonly ['POST' | 'PUT' | 'DELETE', string, string])[] = [
  ['POST', '/api/v1/apps', `${V1}.Apps.Create`],
  ['POST', APP, `${V1}.Apps.Update`],
  ['DELETE', APP, `${V1}.Apps.Delete`],
  ['PUT', `${APP}/owners`, `${V1}.AppOwners.Set`],
  ['POST', `${APP}/connectors`, `${V1}.ConnectorService.CreateDelegated`],
  ['POST', CONNECTOR, `${V1}.ConnectorService.Update`],
  ['DELETE', CONNECTOR, `${V1}.ConnectorService.Delete`],
  ['POST', `${CONNECTOR}/delegated`, `${V1}.ConnectorService.UpdateDelegated`],
  ['POST', `${CONNECTOR}/schedule`, `${V1}.ConnectorService.UpdateConnectorSchedule`],
  ['POST', `${CONNECTOR}/pause`, `${V1}.ConnectorService.PauseSync`],
  ['POST', `${CONNECTOR}/resume`, `${V1}.ConnectorService.ResumeSync`],
  ['PUT', '/api/v2/apps/*/connectors/*/owners', 'c1.api.app.v2.ConnectorOwners.Set'],
];

const patterns = CALLS.map(([method, path, operation]) => ({
  method,
  operation,
  expression: new RegExp(`^${path.replaceAll('*', '([^/]+)')}$`),
  creates: operation.includes('.Create'),
}));

/** A writer that lets `note` know of every write, so that its event can be told from others in the system log. */
export function notingWriter(writer: C1Writer, note: NoteWrite): C1Writer {
  return {
    async send(method, path, body, options) {
      const write = writeOf(method, path);
      if (write === undefined) return writer.send(method, path, body, options);
      const end = note(write);
      try {
        const answer = await writer.send(method, path, body, options);
        const made = write.id ?? idIn(answer);
        end({ effect: 'done', ...(made === undefined ? {} : { id: made }) });
        return answer;
      } catch (error) {
        end({ effect: effectOf(error) });
        throw error;
      }
    },
  };
}

function writeOf(method: string, path: string): OutgoingWrite | undefined {
  for (const { method: wanted, expression, operation, creates } of patterns) {
    const match = wanted === method ? expression.exec(path) : null;
    if (match === null) continue;
    const id = match.at(-1);
    return creates || id === undefined ? { operation } : { operation, id: decodeURIComponent(id) };
  }
  return undefined;
}

/** The id of the object in the answer to a create. */
function idIn({ app, connectorView }: JsonObject): string | undefined {
  const made = objectOf(app ?? objectOf(connectorView).connector).id;
  return typeof made === 'string' && made !== '' ? made : undefined;
}

function objectOf(value: unknown): JsonObject {
  return value !== null && typeof value === 'object' ? (value as JsonObject) : {};
}
