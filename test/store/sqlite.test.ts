// The contract suites of the Store port on SQLite.

import { openTemporaryStore } from '../support/temporary-store.ts';
import { archivesContract } from './archives-contract.ts';
import { deliveriesContract } from './deliveries-contract.ts';
import { journalReadingContract } from './journal-reading-contract.ts';
import { journalsContract } from './journals-contract.ts';
import { journalsPropertyContract } from './journals-property-contract.ts';
import { logIndexContract } from './log-index-contract.ts';
import { messageOrderContract } from './message-order-contract.ts';
import { messagesContract } from './messages-contract.ts';
import { objectIndexContract } from './object-index-contract.ts';
import { publicationsContract } from './publications-contract.ts';
import { resourcesContract } from './resources-contract.ts';
import { storeContract } from './store-contract.ts';
import { timersContract } from './timers-contract.ts';
import { usageContract } from './usage-contract.ts';

storeContract('SQLite', openTemporaryStore);
resourcesContract('SQLite', openTemporaryStore);
deliveriesContract('SQLite', openTemporaryStore);
archivesContract('SQLite', openTemporaryStore);
timersContract('SQLite', openTemporaryStore);
messagesContract('SQLite', openTemporaryStore);
messageOrderContract('SQLite', openTemporaryStore);
objectIndexContract('SQLite', openTemporaryStore);
publicationsContract('SQLite', openTemporaryStore);
usageContract('SQLite', openTemporaryStore);
logIndexContract('SQLite', openTemporaryStore);
journalsContract('SQLite', openTemporaryStore);
journalReadingContract('SQLite', openTemporaryStore);
journalsPropertyContract('SQLite', openTemporaryStore);
