// Why items could not be read: the cause of States.ItemReaderFailed. Thrown within item reading, and nowhere seen outside it.

export class ReaderFailure extends Error {}
