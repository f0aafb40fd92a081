import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sundog } from '#test/servers/command-line.ts';
import { aHub } from '#test/servers/hub.ts';
import { aRealPostgres, postgresAbsent } from '#test/servers/postgres.ts';

describe("On a PostgreSQL server of the administrator's", { skip: postgresAbsent() }, () => {
  it('the lab runs its sample, and commands find everything well', async () => {
    await using postgres = await aRealPostgres();
    const env = {
      SUNDOG_DATABASE_URL: postgres.connectionString('sundog_owner', 'sundog').reveal(),
    };
    await using hub = await aHub({ lab: true, env });
    const { dataFolder } = hub;

    const doctor = await sundog({ dataFolder, env }, 'doctor');

    assert.match(hub.printed(), /Ines Marlow/);
    assert.equal(doctor.code, 0, doctor.printed + doctor.complained);
    assert.match(doctor.printed, /The PostgreSQL server answers/);
    assert.match(doctor.printed, /ok +connection Active Directory/);
  });
});
