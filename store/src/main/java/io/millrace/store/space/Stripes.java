package io.millrace.store.space;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Tries a guarded commit again while others change the same key. The first try is free; later ones
 * queue behind a lock that keys share by their hash, so that this process's writers of one key stop
 * disturbing each other.
 */
public final class Stripes {
    private static final int TRIES = 20;

    private final ReentrantLock[] locks = new ReentrantLock[256];

    public Stripes() {
        Arrays.setAll(locks, i -> new ReentrantLock());
    }

    /**
     * @param attempt reads, decides and commits; empty after a conflict
     * @throws StoreException BUSY after too many conflicts
     */
    public <T> T retry(byte[] key, Supplier<Optional<T>> attempt) {
        Optional<T> first = attempt.get();
        if (first.isPresent()) {
            return first.get();
        }
        ReentrantLock lock = locks[Arrays.hashCode(key) & 0xFF];
        lock.lock();
        try {
            for (int tries = 1; tries < TRIES; tries++) {
                Optional<T> outcome = attempt.get();
                if (outcome.isPresent()) {
                    return outcome.get();
                }
                // Only other processes can be in the way now.
                int mostMillis = 1 << Math.min(tries, 6);
                Space.pause(
                        Duration.ofMillis(ThreadLocalRandom.current().nextInt(mostMillis) + 1L));
            }
        } finally {
            lock.unlock();
        }
        throw new StoreException(
                StoreException.Code.BUSY, "others keep changing this object; try again");
    }
}
