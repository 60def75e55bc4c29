package io.millrace.media.process;

import java.util.Optional;

/** One of the nine places of an image, as the grammar names them. */
public enum Gravity {
    NW(0, 0),
    NORTH(1, 0),
    NE(2, 0),
    WEST(0, 1),
    CENTER(1, 1),
    EAST(2, 1),
    SW(0, 2),
    SOUTH(1, 2),
    SE(2, 2);

    private final int column;
    private final int row;

    Gravity(int column, int row) {
        this.column = column;
        this.row = row;
    }

    /** 0 left, 1 middle, 2 right. */
    public int column() {
        return column;
    }

    /** 0 top, 1 middle, 2 bottom. */
    public int row() {
        return row;
    }

    static Optional<Gravity> named(String word) {
        for (Gravity gravity : values()) {
            if (gravity.name().equalsIgnoreCase(word)) {
                return Optional.of(gravity);
            }
        }
        return Optional.empty();
    }
}
