package io.millrace.app;

import io.millrace.access.FirstStart;
import java.io.PrintStream;
import java.util.Locale;

/** What the commands say to the person at the terminal. */
final class Screen {
    private final PrintStream out;

    Screen(PrintStream out) {
        this.out = out;
    }

    void line(String text) {
        out.println(text);
        out.flush();
    }

    /**
     * The administrator and the root key, shown at the first start only.
     *
     * @param given whether the root key came from the settings: then its secret is known
     */
    void firstStart(FirstStart made, boolean given) {
        line("First start. Keep these; they are not shown again:");
        line("  administrator  " + made.administrator() + "   password " + made.password());
        line(
                "  root key       "
                        + made.rootKey().id()
                        + (given
                                ? "   as the settings say"
                                : "   secret " + made.rootKey().secret()));
        line("");
    }

    void doors(MillraceServer server, String host) {
        line("  object   http://" + host + ":" + server.objectPort());
        line("  console  http://" + host + ":" + server.consolePort());
        line("  edge     http://" + host + ":" + server.edgePort());
        line("  RTMP     rtmp://" + host + ":" + server.rtmpPort() + "/live");
    }

    void ready(long nanos) {
        line(String.format(Locale.ROOT, "Ready in %.1f s. Ctrl-C stops.", nanos / 1e9));
    }
}
