package io.millrace.keyspace;

/** One element of a delimited scan. */
public sealed interface Listed {
    /** Where the next page continues: pass it as {@code after}. */
    byte[] position();

    /** A key without the delimiter after the prefix. */
    record Key(byte[] key, byte[] value) implements Listed {
        @Override
        public byte[] position() {
            return key;
        }
    }

    /** All keys that share this prefix, which ends with the delimiter. */
    record Group(byte[] commonPrefix) implements Listed {
        @Override
        public byte[] position() {
            return commonPrefix;
        }
    }
}
