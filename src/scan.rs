//! What a barcode scanner typed: wedge decoder and classifier.
