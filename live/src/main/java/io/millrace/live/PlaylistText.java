package io.millrace.live;

import java.io.IOException;

/** A playlist that is written while it is made: a long one is never whole in memory. */
public interface PlaylistText {
    void writeTo(Appendable out) throws IOException;
}
