package io.millrace.formats.amf;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A value of AMF0 (Adobe, Action Message Format AMF0, 2007). */
public sealed interface AmfValue {
    record Num(double value) implements AmfValue {}

    record Bool(boolean value) implements AmfValue {}

    record Str(String value) implements AmfValue {}

    /** An object or an ECMA array: names in their order. */
    record Obj(Map<String, AmfValue> fields) implements AmfValue {
        public Obj {
            fields = new LinkedHashMap<>(fields);
        }

        /** The field's text, null when it is absent or no string. */
        public @Nullable String text(String name) {
            return fields.get(name) instanceof Str(String value) ? value : null;
        }

        /** The field's number, {@code otherwise} when it is absent or no number. */
        public double number(String name, double otherwise) {
            return fields.get(name) instanceof Num(double value) ? value : otherwise;
        }
    }

    record Arr(List<AmfValue> items) implements AmfValue {
        public Arr {
            items = new ArrayList<>(items);
        }
    }

    /** Milliseconds since the epoch. */
    record Date(double milliseconds) implements AmfValue {}

    /** null or undefined. */
    record Nothing() implements AmfValue {}

    /** The one {@link Nothing}. */
    AmfValue NOTHING = new Nothing();

    static AmfValue of(String value) {
        return new Str(value);
    }

    static AmfValue of(double value) {
        return new Num(value);
    }

    /** An object from names and values in turn; the values are String, Number or AmfValue. */
    static Obj object(Object... namesAndValues) {
        Map<String, AmfValue> fields = new LinkedHashMap<>();
        for (int i = 0; i + 1 < namesAndValues.length; i += 2) {
            AmfValue value =
                    switch (namesAndValues[i + 1]) {
                        case AmfValue v -> v;
                        case Number n -> new Num(n.doubleValue());
                        case Object o -> new Str(o.toString());
                    };
            fields.put(namesAndValues[i].toString(), value);
        }
        return new Obj(fields);
    }
}
