package io.millrace.keyspace;

import io.millrace.kit.Damage;
import java.util.List;

/** The files in which an embedded engine keeps its rows, looked at while it is open. */
public interface KeySpaceFiles {
    /** The name under which manifest and logs are checked together. */
    String LOGS = "logs";

    /**
     * One of them.
     *
     * @param name its name in the key space's directory, or {@link #LOGS}
     */
    record Named(String name, long sizeBytes) {}

    /** Those that count at the moment, by name. */
    List<Named> list();

    /**
     * Reads a file against its checksums.
     *
     * @return the damaged places that are still in use; none when it is whole or not used any more
     */
    List<Damage> check(Named file);
}
