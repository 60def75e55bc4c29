package io.millrace.bench.doors;

/** What a hostile client does with its connection. */
enum Attack {
    /** Connects and says nothing. */
    IDLE("connect and idle"),
    /** Sends a head that never ends, a line each five seconds. */
    SLOW_HEADER("slow header"),
    /** Announces a body and sends a byte of it each five seconds. */
    SLOW_BODY("slow body"),
    /** Asks for a large answer and reads none of it. */
    SLOW_READER("slow reader"),
    /** Sends requests without a proof, each on a new connection, as many as the bound lets. */
    FLOOD("flood");

    final String title;

    Attack(String title) {
        this.title = title;
    }
}
