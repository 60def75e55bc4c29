package io.millrace.store.content;

/** Whether the rows of this package make sense, for a look at all of them. */
public final class ContentRows {
    private ContentRows() {}

    /**
     * Decodes a row of the families X, D and V and throws away what it says; other rows are passed
     * over.
     *
     * @throws io.millrace.store.space.StoreException CORRUPT when it makes no sense
     */
    public static void check(byte[] key, byte[] value) {
        switch (key[0]) {
            case 'X' -> ContentRow.decode(value);
            case 'D' -> DeletionRow.decode(value);
            case 'V' -> {
                if (key[1] == 'o') {
                    OwnerRow.decode(value);
                }
            }
            default -> {}
        }
    }
}
