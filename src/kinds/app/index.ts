import type { KindModule } from '../module.js';
import { appReader, appWriter } from './api.js';
import { appKind } from './schema.js';

/** Apps: what they are, how they are read and written. */
export const appModule: KindModule = { kind: appKind, reader: appReader, writer: appWriter };
