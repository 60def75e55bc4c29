package io.millrace.extents;

/**
 * How an extent is encrypted. Reserved: today's stores write {@link #NONE} and refuse to read
 * anything else.
 *
 * @param keyId which key; 0 for none
 * @param nonceHigh the first four bytes of the nonce
 * @param nonceLow its last eight bytes
 */
public record Encryption(int keyId, int nonceHigh, long nonceLow) {
    /** In the clear. */
    public static final Encryption NONE = new Encryption(0, 0, 0);

    public Encryption {
        if (keyId < 0 || (keyId == 0 && (nonceHigh != 0 || nonceLow != 0))) {
            throw new IllegalArgumentException("key " + keyId + " has no such nonce");
        }
    }

    /** Whether there is nothing to decrypt. */
    public boolean none() {
        return keyId == 0;
    }
}
