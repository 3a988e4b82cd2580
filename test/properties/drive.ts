import { type Core, composeCore } from '../../src/compose-core.js';
import { systemClock } from '../../src/core/model/clock.js';
import type { Definition } from '../../src/core/model/definition.js';
import { EventBus } from '../../src/core/model/events.js';
import { coreSettings } from '../support/settings.js';
import { type Edit, foreignValue, type Life, loadOf, WORKSPACE } from './inputs.js';
import { MemoryStore } from './store.js';
import { DirectTenant } from './tenant.js';

/** The core between a tenant and definitions that a test gives. */
export class Driver {
  readonly tenant: DirectTenant;
  readonly core: Core;
  #definitions: readonly Definition[] = [];

  constructor({ seed }: Life) {
    this.tenant = new DirectTenant(seed);
    this.core = composeCore({
      reader: this.tenant.reader,
      writer: this.tenant.writer,
      load: async () => loadOf(this.#definitions),
      store: new MemoryStore(),
      events: new EventBus(),
      clock: systemClock,
      wall: systemClock,
      adopt: 'matching',
      concurrency: 5,
      connectorOwnerRole: 'owner',
      settings: { ...coreSettings, workspace: WORKSPACE, requestsPerSecond: 1000 },
    });
  }

  define(definitions: readonly Definition[]): void {
    this.#definitions = definitions;
  }

  /** An edit by another client; no effect without the object. */
  edit(edit: Edit): void {
    const { apps } = this.tenant.held();
    if (edit.do === 'make') {
      this.tenant.call('POST', '/api/v1/apps', { displayName: edit.title });
      return;
    }
    const app = apps[edit.at];
    if (app === undefined) return;
    const path = `/api/v1/apps/${String(app.id)}`;
    if (edit.do === 'delete') this.tenant.call('DELETE', path);
    else {
      const body = { app: { [edit.field]: foreignValue(edit.field) }, updateMask: edit.field };
      this.tenant.call('POST', path, body);
    }
  }
}
