-- What came of a conversation, as its agent has said it in his after-call work.
ALTER TABLE segments ADD COLUMN disposition TEXT;
