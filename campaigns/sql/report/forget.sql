-- What has been counted makes room.
DROP TABLE plays
