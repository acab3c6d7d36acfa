-- Who was parked in a call is found among all that happened without a look at the rest.
CREATE INDEX happenings_parked ON happenings (subject, kind) WHERE kind IN ('parked', 'unparked');
