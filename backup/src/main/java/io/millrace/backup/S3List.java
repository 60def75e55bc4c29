package io.millrace.backup;

import java.io.ByteArrayInputStream;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * A page of ListObjectsV2.
 *
 * @param sizes in bytes, by key
 * @param truncated there are more; a server may end a page wherever it likes, so only this says so
 */
record S3List(SortedMap<String, Long> sizes, boolean truncated) {

    /** The greatest key; empty for an empty page. */
    String last() {
        return sizes.isEmpty() ? "" : sizes.lastKey();
    }

    static S3List parse(byte[] xml) {
        XMLInputFactory factory = XMLInputFactory.newFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        try {
            return parse(factory.createXMLStreamReader(new ByteArrayInputStream(xml)));
        } catch (XMLStreamException | NumberFormatException e) {
            throw new BackupException(
                    BackupException.Code.UNAVAILABLE, "the list of the bucket is no list", e);
        }
    }

    private static S3List parse(XMLStreamReader xml) throws XMLStreamException {
        SortedMap<String, Long> sizes = new TreeMap<>();
        boolean truncated = false;
        String key = "";
        while (xml.hasNext()) {
            if (xml.next() != XMLStreamReader.START_ELEMENT) {
                continue;
            }
            switch (xml.getLocalName()) {
                case "Key" -> key = xml.getElementText();
                case "Size" -> sizes.put(key, Long.parseLong(xml.getElementText().strip()));
                case "IsTruncated" ->
                        truncated = Boolean.parseBoolean(xml.getElementText().strip());
                default -> {}
            }
        }
        return new S3List(sizes, truncated);
    }
}
