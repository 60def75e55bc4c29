package io.millrace.kit.door;

import org.jspecify.annotations.Nullable;

/**
 * One connection at a door. The door tells what it holds for it, what it waits for and what moves;
 * {@link Guests} decides who has to go. Thread-safe; every call is cheap.
 *
 * <p>A stranger is a connection on which nobody has proved yet who they are.
 */
public final class Guest {
    /** What the door does for a connection now. */
    enum State {
        /** Nothing is under way. */
        IDLE,
        /** The client has to send or take something. */
        AWAITED,
        /** The server's own turn: never shed. */
        SERVED,
        /** It has left, or was told to. */
        GONE
    }

    private final Guests guests;
    private final Runnable shed;
    final Addresses.@Nullable Usage usage;

    // Guarded by the guests' lock.
    State state = State.IDLE;
    boolean known;
    int unproven;
    long heldBytes;
    long sinceNanos;
    long movedBytes;
    @Nullable Guest before;
    @Nullable Guest after;
    @Nullable WaitingList list;

    Guest(Guests guests, Addresses.@Nullable Usage usage, Runnable shed) {
        this.guests = guests;
        this.usage = usage;
        this.shed = shed;
    }

    /**
     * The door keeps so many bytes more for this client. Others may be shed for it, or this one:
     * then they count no more, and the connection is about to close.
     */
    public void hold(long bytes) {
        guests.hold(this, bytes);
    }

    /** So many of them no more. */
    public void release(long bytes) {
        guests.hold(this, -bytes);
    }

    /** The door keeps that many in all. */
    public void holding(long bytes) {
        guests.holding(this, bytes);
    }

    /** From now on the client has to send or take something. */
    public void awaited() {
        guests.to(this, State.AWAITED);
    }

    /** The client has begun to send a request: it is awaited, unless another is being served. */
    public void begins() {
        guests.begins(this);
    }

    /** It has sent or taken so many bytes of what it has to. */
    public void moved(long bytes) {
        guests.moved(this, bytes);
    }

    /** The server works for it and waits for nobody. */
    public void served() {
        guests.to(this, State.SERVED);
    }

    /** Whether the server works for it now and waits for nobody. */
    public boolean isServed() {
        return guests.isServed(this);
    }

    /** Nothing is under way any more; said again, it rests from now on. */
    public void rests() {
        guests.to(this, State.IDLE);
    }

    /** Somebody has proved by this connection who they are: it goes after all strangers. */
    public void proven() {
        guests.proven(this);
    }

    /**
     * A request begins whose body is still to come, before anything is proved.
     *
     * @return false when its address has too many of them
     */
    public boolean beginsUnproven() {
        return guests.beginsUnproven(this);
    }

    /** One such request is proved, whole or over. */
    public void endsUnproven() {
        guests.endsUnproven(this);
    }

    /** Whether the door holds much: whoever can do with less for this client should. */
    public boolean isDoorShort() {
        return guests.isShort();
    }

    /** Whether many are at the door, a thousand or more: little is to be held for each. */
    public boolean isDoorCrowded() {
        return guests.isCrowded();
    }

    /** The connection is closed. */
    public void leaves() {
        guests.leaves(this);
    }

    void shed() {
        shed.run();
    }
}
