package io.millrace.app;

import java.util.concurrent.CountDownLatch;

/** Waits for Ctrl-C or SIGTERM, then closes in order. */
final class Stopping {
    private Stopping() {}

    /** Blocks for as long as the server runs; the shutdown hook closes it and says so. */
    static int whenAsked(AutoCloseable server, Settings settings, Screen screen)
            throws InterruptedException {
        return whenAsked(server, "Stopped; nothing lost.", settings, screen);
    }

    private static int whenAsked(
            AutoCloseable server, String farewell, Settings settings, Screen screen)
            throws InterruptedException {
        CountDownLatch forever = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(() -> stop(server, farewell, settings, screen), "stop"));
        forever.await();
        return 0;
    }

    /** The same for doors that only say what is damaged. */
    static int damaged(DamagedServer server, Settings settings) throws InterruptedException {
        Screen screen = new Screen(System.out);
        screen.line(server.text());
        return whenAsked(server, "Stopped; nothing was changed.", settings, screen);
    }

    private static void stop(
            AutoCloseable server, String farewell, Settings settings, Screen screen) {
        screen.line("");
        try {
            server.close();
            screen.line(farewell + " The data is in " + settings.data());
        } catch (Exception e) {
            screen.line("Stopped with an error: " + e + ". The data is in " + settings.data());
        }
    }
}
