import { describe, expect, it, vi } from 'vitest';
import { EventBus } from '../../../src/core/model/events.js';

const event = { downMs: 5 };

describe('EventBus', () => {
  it('calls every subscriber in order until it leaves', () => {
    const bus = new EventBus();
    const calls: string[] = [];
    const leave = bus.on('tenant reachable', () => calls.push('first'));
    bus.on('tenant reachable', ({ downMs }) => calls.push(`second ${downMs}`));
    bus.emit('tenant reachable', event);
    leave();
    leave();
    bus.emit('tenant reachable', event);
    bus.emit('tenant unreachable', { reason: 'no listener' });
    expect(calls).toEqual(['first', 'second 5', 'second 5']);
  });

  it('goes on when a subscriber, and even the place for errors, throws', () => {
    const onError = vi.fn(() => {
      throw new Error('broken too');
    });
    const bus = new EventBus(onError);
    const later = vi.fn();
    const failure = new Error('broken');
    bus.on('tenant reachable', () => {
      throw failure;
    });
    bus.on('tenant reachable', later);
    bus.emit('tenant reachable', event);
    expect(later).toHaveBeenCalledWith(event);
    expect(onError).toHaveBeenCalledWith(failure, 'tenant reachable');
  });

  it('lets a subscriber leave or join while an event is emitted', () => {
    const bus = new EventBus();
    const joined = vi.fn();
    const leave = bus.on('tenant reachable', () => {
      leave();
      bus.on('tenant reachable', joined);
    });
    bus.emit('tenant reachable', event);
    expect(joined).not.toHaveBeenCalled();
    bus.emit('tenant reachable', event);
    expect(joined).toHaveBeenCalledTimes(1);
  });
});
