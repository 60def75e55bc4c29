/**
 * A look at everything the store holds: each row decodes, each object reads back with the checksum
 * that it was stored with. Uses the objects' door and the formats of the other packages; nobody
 * uses this one but the program.
 */
@org.jspecify.annotations.NullMarked
package io.millrace.store.verify;
