package io.millrace.kit;

import java.util.Locale;

/**
 * One place on a disk that does not hold what was written there.
 *
 * @param kind which kind of file
 * @param file the file, as an operator finds it
 * @param offset where in the file the damaged record or block begins, in bytes; 0 for the whole
 *     file
 * @param text what is wrong there, one phrase
 */
public record Damage(Kind kind, String file, long offset, String text) {
    /** The kinds of files whose damage is told apart. */
    public enum Kind {
        /** The key space's log of the latest commits. */
        LOG,
        /** The key space's list of its own files. */
        MANIFEST,
        /** A sorted table of the key space. */
        TABLE,
        /** A file of large values of the key space. */
        BLOB,
        /** The record of what was synced last. */
        WATERMARK,
        /** A row of the key space that makes no sense, or that is gone while another needs it. */
        ROW,
        /** A volume of extents. */
        VOLUME,
        /** A live segment that waits for the store. */
        SPOOL,
        /** Another file of the data directory. */
        OTHER;

        /** The name in metrics and reports. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Override
    public String toString() {
        return file + " at offset " + offset + ": " + text;
    }
}
