package io.millrace.console;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is wrong with somebody's JSON: the place, and what belongs there, in plain words. */
final class JsonFault {
    private JsonFault() {}

    static String text(JsonProcessingException e) {
        if (e instanceof JsonParseException) {
            JsonLocation at = e.getLocation();
            String where =
                    at == null
                            ? ""
                            : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
            return "The body is no JSON" + where + ": " + e.getOriginalMessage() + ".";
        }
        if (e instanceof JsonMappingException mapping) {
            String place = place(mapping);
            String where = place.isEmpty() ? "The body" : place;
            return e instanceof MismatchedInputException mismatch
                    ? where + " is to be " + kind(mismatch.getTargetType()) + "."
                    : where + " can't be read.";
        }
        return "The body is nested too deep, or holds too long a text.";
    }

    /** Such as {@code rules[0].methods}. */
    private static String place(JsonMappingException e) {
        StringBuilder place = new StringBuilder();
        for (JsonMappingException.Reference step : e.getPath()) {
            if (step.getFieldName() == null) {
                place.append('[').append(step.getIndex()).append(']');
            } else {
                place.append(place.isEmpty() ? "" : ".").append(step.getFieldName());
            }
        }
        return place.toString();
    }

    private static String kind(@Nullable Class<?> type) {
        if (type == null) {
            return "something else";
        }
        if (type == String.class) {
            return "a text";
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        if (type.isPrimitive() || Number.class.isAssignableFrom(type)) {
            return "a number";
        }
        if (Collection.class.isAssignableFrom(type)) {
            return "a list";
        }
        return type.isRecord() || Map.class.isAssignableFrom(type) ? "an object" : "something else";
    }
}
