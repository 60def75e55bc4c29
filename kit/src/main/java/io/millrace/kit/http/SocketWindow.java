package io.millrace.kit.http;

import io.millrace.kit.door.Guest;
import java.io.IOException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How many bytes of an answer wait for the socket, and whether the client is still there: the
 * writer blocks here. Thread-safe.
 */
final class SocketWindow {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Guest guest;
    private final Slots.Slot slot;
    private int waiting;
    private boolean gone;

    /**
     * @param guest who has to take them
     * @param slot another request's while the writer waits
     */
    SocketWindow(Guest guest, Slots.Slot slot) {
        this.guest = guest;
        this.slot = slot;
    }

    /**
     * Waits until so many bytes more may wait.
     *
     * @param most that wait at a time; a larger piece waits alone
     * @throws IOException when the client has gone, or the thread was interrupted
     */
    void reserve(int bytes, int most) throws IOException {
        lock.lock();
        try {
            if (waiting > 0 && waiting + bytes > most && !gone) {
                awaitRoom(bytes, most);
            }
            refuseIfGone();
            if (waiting == 0 && bytes > 0) {
                guest.awaited();
            }
            waiting += bytes;
            guest.hold(bytes);
        } catch (InterruptedException e) {
            throw interrupted(e);
        } finally {
            lock.unlock();
        }
    }

    private void awaitRoom(int bytes, int most) throws InterruptedException {
        slot.waitsForClient();
        try {
            while (waiting > 0 && waiting + bytes > most && !gone) {
                changed.await();
            }
        } finally {
            slot.goesOn();
        }
    }

    /**
     * Waits until the socket has taken all.
     *
     * @throws IOException as {@link #reserve}
     */
    void awaitEmpty() throws IOException {
        reserve(0, -1);
    }

    /** So many bytes wait no more. */
    void drain(int bytes) {
        lock.lock();
        try {
            waiting -= bytes;
            guest.release(bytes);
            guest.moved(bytes);
            if (waiting == 0) {
                guest.served();
            }
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** The client has gone: the writer must not wait for it. From any thread. */
    void gone() {
        lock.lock();
        try {
            gone = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void refuseIfGone() throws IOException {
        lock.lock();
        try {
            if (gone) {
                throw new IOException("The client closed the connection.");
            }
        } finally {
            lock.unlock();
        }
    }

    static IOException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IOException("Interrupted while writing the answer", e);
    }

    /** Bytes that wait now. */
    int waiting() {
        lock.lock();
        try {
            return waiting;
        } finally {
            lock.unlock();
        }
    }
}
