package io.millrace.bench.large;

import io.millrace.kit.Crc64;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/** A digest alone: what it costs one thread over bytes that lie in memory, 256 KiB at a time. */
enum Digest {
    MD5,
    SHA256,
    CRC64,
    CRC64NVME,
    CRC32C;

    private static final int PIECE_BYTES = 256 << 10;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** CPU milliseconds for the whole array. */
    double cost(byte[] bytes) {
        long before = THREADS.getCurrentThreadCpuTime();
        run(bytes);
        return (THREADS.getCurrentThreadCpuTime() - before) / 1e6;
    }

    private void run(byte[] bytes) {
        try {
            switch (this) {
                case MD5 -> hash(MessageDigest.getInstance("MD5"), bytes);
                case SHA256 -> hash(MessageDigest.getInstance("SHA-256"), bytes);
                case CRC32C -> check(new CRC32C(), bytes);
                // The same tables with another polynomial.
                case CRC64, CRC64NVME -> {
                    Crc64 crc = new Crc64();
                    for (int at = 0; at < bytes.length; at += PIECE_BYTES) {
                        crc.update(bytes, at, Math.min(PIECE_BYTES, bytes.length - at));
                    }
                }
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + this, e);
        }
    }

    private static void hash(MessageDigest digest, byte[] bytes) {
        for (int at = 0; at < bytes.length; at += PIECE_BYTES) {
            digest.update(bytes, at, Math.min(PIECE_BYTES, bytes.length - at));
        }
        digest.digest();
    }

    private static void check(Checksum checksum, byte[] bytes) {
        for (int at = 0; at < bytes.length; at += PIECE_BYTES) {
            checksum.update(bytes, at, Math.min(PIECE_BYTES, bytes.length - at));
        }
    }
}
