package io.millrace.access;

import io.millrace.keyspace.KeySpace;
import java.nio.file.Path;

/**
 * The secret under which all other secrets are kept: it encrypts access keys at rest and seals
 * tokens. All nodes share it. Its file may be read by its owner only.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class MasterKey {
    private MasterKey() {}

    /**
     * Reads the file; makes it (mode 0600) when it is absent and the key space holds nothing that
     * was encrypted with one.
     *
     * @throws AccessException MASTER_KEY_LOST, MASTER_KEY_WRONG or MASTER_KEY_FILE
     */
    public static MasterKey loadOrCreate(Path file, KeySpace keySpace) {
        throw new AccessException(
                AccessException.Code.MASTER_KEY_FILE,
                "being written " + file + keySpace.storeNow());
    }

    /** A fresh key that is kept nowhere: for tests. */
    public static MasterKey ephemeral() {
        return new MasterKey();
    }
}
