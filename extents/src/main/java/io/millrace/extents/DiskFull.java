package io.millrace.extents;

import java.io.IOException;

/** The disk took no more bytes; what was synced before is untouched. */
final class DiskFull extends IOException {
    private static final long serialVersionUID = 1;

    DiskFull(String message, Throwable cause) {
        super(message, cause);
    }

    /** The same failure, typed if it says that space or quota is used up. */
    static IOException orSame(IOException e) {
        String message = String.valueOf(e.getMessage());
        boolean full = message.contains("No space left") || message.contains("Disk quota exceeded");
        return full ? new DiskFull(message, e) : e;
    }
}
