// A process that deploys without end and says what was answered, to be killed at any moment: `node deploying-child.ts <folder>`.

import { openTemporaryRegistry, ROLE, SCOPE } from '../support/temporary-registry.ts';
import { zipOf } from '../support/zip.ts';

const [, , folder = ''] = process.argv;
const { registry } = await openTemporaryRegistry({ folder, keep: true });
console.log('ready');

async function deploy(worker: number): Promise<void> {
  for (let round = 0; ; round++) {
    const name = `f${worker}-${process.pid}-${round}`;
    const text = `code ${round % 5} of ${worker}`;
    const files = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`lib/${index}.js`, `${text} ${index}`]));
    const settings = { Runtime: 'nodejs24.x', Handler: 'index.handler', Role: ROLE } as const;
    await registry.functions.create(SCOPE, { FunctionName: name, ...settings, Code: { ZipFile: await zipOf(files) } });
    console.log(`created ${name}`);
    await registry.idle();
    await registry.functions.updateCode(SCOPE, name as never, {
      ZipFile: await zipOf({ ...files, 'new.js': text }),
      Publish: true,
    });
    console.log(`updated ${name}`);
    if (round % 3 !== 2) continue;
    await registry.functions.delete(SCOPE, { name: name as never });
    console.log(`deleted ${name}`);
  }
}

await Promise.all([deploy(0), deploy(1)]);
