/**
 * The files of a RocksDB directory as bytes, read without RocksDB: what is whole, what is damaged
 * and where. Nothing here opens the engine.
 */
@org.jspecify.annotations.NullMarked
package io.millrace.keyspace.files;
