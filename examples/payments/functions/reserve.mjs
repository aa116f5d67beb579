// Takes one piece of an item out of the inventory, for an order: once, however often it is called for that order.

import { reserve } from '../inventory.mjs';

export const config = { timeout: 30, buckets: ['inventory'] };

export const handler = ({ order, item }) => reserve(order, item);
