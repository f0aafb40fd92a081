import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { networkOf } from './network.ts';

describe('An address of the network', () => {
  it('is counted by its IPv6 /64, and IPv4 as it is', () => {
    assert.equal(networkOf('203.0.113.9'), '203.0.113.9');
    assert.equal(networkOf('::ffff:203.0.113.9'), '203.0.113.9');
    assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2');
    assert.equal(networkOf('2001:db8::1'), '2001:db8:0:0');
    assert.equal(networkOf('::1'), '0:0:0:0');
  });
});
