package io.millrace.keyspace;

/** What must be true for a batch to be applied. */
public sealed interface Guard {
    byte[] key();

    /** The key holds exactly these bytes. */
    record Holds(byte[] key, byte[] value) implements Guard {
        public Holds {
            Limits.key(key);
            Limits.value(value);
        }
    }

    /** The key is absent. */
    record Absent(byte[] key) implements Guard {
        public Absent {
            Limits.key(key);
        }
    }
}
